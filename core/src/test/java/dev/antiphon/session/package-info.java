@NullMarked
package dev.antiphon.session;

import org.jspecify.annotations.NullMarked;
