@NullMarked
package dev.antiphon.bench.micro.realtime;

import org.jspecify.annotations.NullMarked;
