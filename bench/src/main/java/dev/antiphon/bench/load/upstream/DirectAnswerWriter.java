package dev.antiphon.bench.load.upstream;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;

/**
 * An answer as frames of the Realtime protocol, as a gateway would send them.
 *
 * <p>Threading: confined to the answer's event loop.
 */
final class DirectAnswerWriter implements AnswerWriter {
    private static final byte[] DELTA_TAIL = "\"}".getBytes(US_ASCII);

    private final String responseId;
    private final byte[] deltaHead;

    DirectAnswerWriter(AnswerPlan plan) {
        responseId = "resp_" + plan.answerId();
        deltaHead = ("{\"type\":\"response.output_audio.delta\",\"event_id\":\"event_7\",\"response_id\":\""
                        + responseId
                        + "\",\"item_id\":\"item_" + plan.answerId()
                        + "\",\"output_index\":0,\"content_index\":0,\"delta\":\"")
                .getBytes(US_ASCII);
    }

    @Override
    public void writeStart(ByteBuf out) {
        writeText("{\"type\":\"response.created\",\"response\":{\"id\":\"" + responseId + "\"}}", out);
    }

    @Override
    public void writePiece(int sequence, byte[] stamp, int pieceBytes, ByteBuf out) {
        DirectFrames.writeTextHead(deltaHead.length + EncodedSound.encodedBytes(pieceBytes) + DELTA_TAIL.length, out);
        out.writeBytes(deltaHead);
        EncodedSound.writePiece(stamp, pieceBytes, out);
        out.writeBytes(DELTA_TAIL);
    }

    @Override
    public void writeEnd(ByteBuf out) {
        writeDone("completed", out);
    }

    void writeCancelled(ByteBuf out) {
        writeDone("cancelled", out);
    }

    private void writeDone(String status, ByteBuf out) {
        writeText(
                "{\"type\":\"response.done\",\"response\":{\"id\":\"" + responseId + "\",\"status\":\"" + status
                        + "\"}}",
                out);
    }

    private static void writeText(String json, ByteBuf out) {
        DirectFrames.writeTextHead(json.length(), out);
        out.writeCharSequence(json, US_ASCII);
    }
}
