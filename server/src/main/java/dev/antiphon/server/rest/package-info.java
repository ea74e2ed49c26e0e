/**
 * What clients ask for over plain HTTP: ephemeral keys.
 */
@NullMarked
package dev.antiphon.server.rest;

import org.jspecify.annotations.NullMarked;
