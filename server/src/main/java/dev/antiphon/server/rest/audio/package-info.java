/**
 * Speech and transcripts over plain HTTP: requests checked and handed to a model's server, its answers handed back as
 * they come.
 */
@NullMarked
package dev.antiphon.server.rest.audio;

import org.jspecify.annotations.NullMarked;
