/**
 * Configuration: a YAML file and the environment to records, once, at boot.
 */
@NullMarked
package dev.antiphon.server.config;

import org.jspecify.annotations.NullMarked;
