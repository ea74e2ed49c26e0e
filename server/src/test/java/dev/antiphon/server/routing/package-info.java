@NullMarked
package dev.antiphon.server.routing;

import org.jspecify.annotations.NullMarked;
