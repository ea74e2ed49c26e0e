@NullMarked
package dev.antiphon.bench.load.upstream;

import org.jspecify.annotations.NullMarked;
