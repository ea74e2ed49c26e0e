/**
 * What a user would write today in Java: the baseline that stands beside the gateway in the same run. The other baselines,
 * in C and JavaScript and as configurations of proxies, lie in {@code src/main/peers}.
 */
@NullMarked
package dev.antiphon.bench.peers;

import org.jspecify.annotations.NullMarked;
