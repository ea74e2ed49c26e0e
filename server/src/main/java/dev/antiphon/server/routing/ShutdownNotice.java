package dev.antiphon.server.routing;

import dev.antiphon.upstream.BodyListener;
import dev.antiphon.upstream.ListedModel;
import dev.antiphon.upstream.UpstreamFault;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayOutputStream;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server's list of models, read for the days on which those that are asked of it end.
 *
 * <p>Threading: confined to its event loop.
 */
final class ShutdownNotice implements BodyListener {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownNotice.class);
    private static final int SOON_DAYS = 60;
    private static final int MOST_BYTES = 4 << 20;

    private final String upstream;
    private final Set<String> models;
    private final LocalDate today;
    private final Consumer<String> warnings;
    private final ByteArrayOutputStream list = new ByteArrayOutputStream();

    /**
     * @param models that are asked of the server, as it names them
     * @param warnings told a line for each that ends within two months, or has ended
     */
    ShutdownNotice(String upstream, Set<String> models, LocalDate today, Consumer<String> warnings) {
        this.upstream = upstream;
        this.models = models;
        this.today = today;
        this.warnings = warnings;
    }

    @Override
    public void onHead(String contentType) {}

    @Override
    public void onBody(ByteBuf bytes) {
        int taken = Math.min(bytes.readableBytes(), MOST_BYTES - list.size());
        for (int i = 0; i < taken; i++) list.write(bytes.readByte());
    }

    @Override
    public void onCompleted() {
        for (ListedModel model : ListedModel.readAll(list.toByteArray())) {
            LocalDate end = model.shutdownDate();
            if (end == null || !models.contains(model.id())) continue;
            long days = ChronoUnit.DAYS.between(today, end);
            if (days > SOON_DAYS) continue;
            String when = days < 0 ? "was shut down on " : "will be shut down on ";
            warnings.accept("upstream " + upstream + ": its model " + model.id() + " " + when + end
                    + (days < 0 ? "" : ", in " + days + " days"));
        }
    }

    /** Many servers have no such list. */
    @Override
    public void onFault(UpstreamFault fault) {
        LOG.debug("upstream={} has no list of models: {}", upstream, fault.code());
    }

    @Override
    public boolean isFull() {
        return false;
    }
}
