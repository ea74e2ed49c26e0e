@NullMarked
package dev.antiphon.server.stages;

import org.jspecify.annotations.NullMarked;
