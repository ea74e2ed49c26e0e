@NullMarked
package dev.antiphon.server.rest.chat;

import org.jspecify.annotations.NullMarked;
