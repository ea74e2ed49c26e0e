/**
 * Several model servers, and the policy over them: who is asked for which model, what is done when he fails, and when he
 * is left alone.
 *
 * <p>{@link dev.antiphon.server.routing.Upstreams} is the door. A turn is one or more attempts at destinations of its
 * model's route; it is asked again, there or elsewhere, only while nobody has heard anything of its answer.
 */
@NullMarked
package dev.antiphon.server.routing;

import org.jspecify.annotations.NullMarked;
