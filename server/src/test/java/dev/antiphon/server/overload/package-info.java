@NullMarked
package dev.antiphon.server.overload;

import org.jspecify.annotations.NullMarked;
