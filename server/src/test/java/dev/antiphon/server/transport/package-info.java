@NullMarked
package dev.antiphon.server.transport;

import org.jspecify.annotations.NullMarked;
