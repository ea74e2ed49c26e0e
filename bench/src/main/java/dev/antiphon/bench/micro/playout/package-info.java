@NullMarked
package dev.antiphon.bench.micro.playout;

import org.jspecify.annotations.NullMarked;
