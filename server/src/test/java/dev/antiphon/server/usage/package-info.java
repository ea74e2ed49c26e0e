@NullMarked
package dev.antiphon.server.usage;

import org.jspecify.annotations.NullMarked;
