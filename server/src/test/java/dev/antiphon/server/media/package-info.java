@NullMarked
package dev.antiphon.server.media;

import org.jspecify.annotations.NullMarked;
