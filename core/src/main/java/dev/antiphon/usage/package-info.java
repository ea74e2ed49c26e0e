/**
 * What answers cost: tokens of each response, split by whether anybody heard what was made of them, and their price.
 */
@NullMarked
package dev.antiphon.usage;

import org.jspecify.annotations.NullMarked;
