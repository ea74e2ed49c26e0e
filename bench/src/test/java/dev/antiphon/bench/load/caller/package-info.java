@NullMarked
package dev.antiphon.bench.load.caller;

import org.jspecify.annotations.NullMarked;
