/** What a client may know of itself: the models it may name, and what it has used. */
@NullMarked
package dev.antiphon.server.rest.account;

import org.jspecify.annotations.NullMarked;
