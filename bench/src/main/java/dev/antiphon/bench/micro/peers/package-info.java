/** What others do with the same bytes, beside what we do with them. */
@NullMarked
package dev.antiphon.bench.micro.peers;

import org.jspecify.annotations.NullMarked;
