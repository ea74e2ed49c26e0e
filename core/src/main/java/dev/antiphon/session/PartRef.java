package dev.antiphon.session;

/**
 * Which content part of which output item of which response a delta belongs to.
 *
 * <p>Threading: immutable.
 */
public record PartRef(String responseId, String itemId, int outputIndex, int contentIndex) {}
