@NullMarked
package dev.antiphon.realtime;

import org.jspecify.annotations.NullMarked;
