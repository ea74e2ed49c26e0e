@NullMarked
package dev.antiphon.server.rest.audio;

import org.jspecify.annotations.NullMarked;
