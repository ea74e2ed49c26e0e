/** Programs whose output is part of the documentation. */
@NullMarked
package dev.antiphon.bench.report;

import org.jspecify.annotations.NullMarked;
