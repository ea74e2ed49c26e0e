@NullMarked
package dev.antiphon.server.cli;

import org.jspecify.annotations.NullMarked;
