package dev.antiphon.bench.load.caller;

import java.util.SplittableRandom;

/**
 * What one caller does at each frame, known before the call: a function of its number and the plan, of nothing else.
 *
 * <p>Threading: confined to its caller.
 */
public final class CallerSchedule {
    private final ConversationPlan plan;
    private final SplittableRandom random;
    private long frame = -1;
    private long speakFrom; // of the turn at hand
    private long speakTo; // its end, exclusive: the frame at which the turn ends

    public CallerSchedule(ConversationPlan plan, int caller) {
        this.plan = plan;
        random = new SplittableRandom(plan.seed() * 0x9E37_79B9_7F4A_7C15L + caller);
        int cycleFrames = plan.speak().maxFrames() + plan.listen().maxFrames();
        speakFrom = random.nextInt(cycleFrames); // so that turns are spread from the very first
        speakTo = speakFrom + drawn(plan.speak());
    }

    /** Goes to the next frame; the first call to the first. */
    public void next() {
        frame++;
        if (frame <= speakTo) return;
        boolean isBargeIn = random.nextDouble() < plan.bargeInRate();
        speakFrom = speakTo + drawn(isBargeIn ? plan.cutIn() : plan.listen());
        speakTo = speakFrom + drawn(plan.speak());
    }

    public boolean beginsTurn() {
        return frame == speakFrom;
    }

    /** The first frame without the voice. */
    public boolean endsTurn() {
        return frame == speakTo;
    }

    public boolean isSpeaking() {
        return frame >= speakFrom && frame < speakTo;
    }

    /** Of {@link CallerSound}: the voice from its beginning in each turn, or the room. */
    public int soundFrame() {
        if (isSpeaking()) return (int) ((frame - speakFrom) % CallerSound.VOICE_FRAMES);
        return roomFrame();
    }

    public int roomFrame() {
        return CallerSound.VOICE_FRAMES + (int) (frame % CallerSound.ROOM_FRAMES);
    }

    private int drawn(ConversationPlan.Span span) {
        return random.nextInt(span.minFrames(), span.maxFrames() + 1);
    }
}
