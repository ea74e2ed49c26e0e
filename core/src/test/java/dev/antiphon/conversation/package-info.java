@NullMarked
package dev.antiphon.conversation;

import org.jspecify.annotations.NullMarked;
