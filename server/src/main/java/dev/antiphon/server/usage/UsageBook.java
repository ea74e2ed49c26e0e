package dev.antiphon.server.usage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.antiphon.usage.PriceTable;
import dev.antiphon.usage.TokenCounts;
import dev.antiphon.usage.UsageObserver;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The accounts of all clients, kept in memory for as long as the process lives.
 *
 * <p>Threading: thread-safe.
 */
public final class UsageBook {
    private static final JsonFactory JSON = new JsonFactory();

    private final PriceTable prices;
    private final long openedUnixSeconds;
    private final Map<String, Account> accounts = new ConcurrentHashMap<>(); // by client; as many as there are keys

    /** @param nowUnixSeconds since when is counted */
    public UsageBook(PriceTable prices, long nowUnixSeconds) {
        this.prices = prices;
        this.openedUnixSeconds = nowUnixSeconds;
    }

    /** @param client whose key it is, as it may stand in a log */
    public UsageObserver accountOf(String client) {
        return account(client);
    }

    private Account account(String client) {
        return accounts.computeIfAbsent(client, newClient -> new Account(prices));
    }

    /**
     * What a client has used, for itself: {@code GET /v1/usage}.
     *
     * @param out lent; the JSON is appended
     */
    public void write(String client, ByteBuf out) {
        Account.Statement statement = account(client).statement();
        try (JsonGenerator json = JSON.createGenerator((OutputStream) new ByteBufOutputStream(out))) {
            json.writeStartObject();
            json.writeStringField("object", "usage");
            json.writeStringField("client", client);
            json.writeNumberField("since", openedUnixSeconds);
            json.writeStringField("currency", prices.currency());
            json.writeObjectFieldStart("total");
            writeBill(json, statement.total());
            json.writeEndObject();
            writeBills(json, "models", "model", statement.models());
            writeBills(json, "conversations", "conversation_id", statement.conversations());
            json.writeArrayFieldStart("responses");
            for (Account.Line line : statement.responses()) writeLine(json, line);
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a buffer has no disk that could be full
        }
    }

    private static void writeBills(JsonGenerator json, String field, String nameField, Map<String, Bill> bills)
            throws IOException {
        json.writeArrayFieldStart(field);
        for (Map.Entry<String, Bill> entry : bills.entrySet()) {
            json.writeStartObject();
            json.writeStringField(nameField, entry.getKey());
            writeBill(json, entry.getValue());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void writeLine(JsonGenerator json, Account.Line line) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", line.usage().id());
        json.writeStringField("conversation_id", line.usage().conversationId());
        json.writeStringField("model", line.usage().model());
        writeBill(json, line.bill());
        json.writeEndObject();
    }

    private static void writeBill(JsonGenerator json, Bill bill) throws IOException {
        json.writeNumberField("responses", bill.responses());
        json.writeNumberField("unpriced_responses", bill.unpricedResponses());
        json.writeNumberField("estimated_responses", bill.estimatedResponses());
        json.writeNumberField("cost", rounded(bill.money().all()));
        writeShare(json, "heard", bill.tokens().heard(), bill.money().heard());
        writeShare(json, "unheard", bill.tokens().unheard(), bill.money().unheard());
        writeShare(json, "failed", bill.tokens().failed(), bill.money().failed());
    }

    private static void writeShare(JsonGenerator json, String field, TokenCounts tokens, double cost)
            throws IOException {
        json.writeObjectFieldStart(field);
        json.writeNumberField("input_text_tokens", tokens.textInput());
        json.writeNumberField("input_audio_tokens", tokens.audioInput());
        json.writeNumberField("input_image_tokens", tokens.imageInput());
        json.writeNumberField("input_cached_tokens", tokens.cachedInput());
        json.writeNumberField("output_text_tokens", tokens.textOutput());
        json.writeNumberField("output_audio_tokens", tokens.audioOutput());
        if (tokens.transcribedSeconds() != 0) json.writeNumberField("transcribed_seconds", tokens.transcribedSeconds());
        if (tokens.spokenCharacters() != 0) json.writeNumberField("spoken_characters", tokens.spokenCharacters());
        json.writeNumberField("cost", rounded(cost));
        json.writeEndObject();
    }

    /** To a millionth: what is below it is noise of adding and taking away. */
    private static double rounded(double money) {
        return Math.rint(money * 1e6) / 1e6;
    }
}
