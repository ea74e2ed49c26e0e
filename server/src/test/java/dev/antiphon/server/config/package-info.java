@NullMarked
package dev.antiphon.server.config;

import org.jspecify.annotations.NullMarked;
