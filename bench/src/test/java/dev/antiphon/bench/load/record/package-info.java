@NullMarked
package dev.antiphon.bench.load.record;

import org.jspecify.annotations.NullMarked;
