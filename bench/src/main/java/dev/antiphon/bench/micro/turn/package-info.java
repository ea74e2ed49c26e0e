@NullMarked
package dev.antiphon.bench.micro.turn;

import org.jspecify.annotations.NullMarked;
