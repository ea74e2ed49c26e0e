@NullMarked
package dev.antiphon.bench.suite.report;

import org.jspecify.annotations.NullMarked;
