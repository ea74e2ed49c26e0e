/**
 * What clients ask for over plain HTTP: one request after the other on each connection, bodies handed on as they come,
 * answers written as they are made.
 */
@NullMarked
package dev.antiphon.server.rest;

import org.jspecify.annotations.NullMarked;
