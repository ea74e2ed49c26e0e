@NullMarked
package dev.antiphon.server.client;

import org.jspecify.annotations.NullMarked;
