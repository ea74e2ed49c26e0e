@NullMarked
package dev.antiphon.server.rest.account;

import org.jspecify.annotations.NullMarked;
