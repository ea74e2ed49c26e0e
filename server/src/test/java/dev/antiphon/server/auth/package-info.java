@NullMarked
package dev.antiphon.server.auth;

import org.jspecify.annotations.NullMarked;
