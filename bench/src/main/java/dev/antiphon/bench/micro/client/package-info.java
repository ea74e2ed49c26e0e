@NullMarked
package dev.antiphon.bench.micro.client;

import org.jspecify.annotations.NullMarked;
