package dev.antiphon.server.cli;

import dev.antiphon.server.config.ConfigFault;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * The command line. Without a command the gateway is served. Exit codes: 0 done, 1 failed, 2 told something it cannot use.
 */
@Command(
        name = "antiphon",
        mixinStandardHelpOptions = true,
        versionProvider = AntiphonCommand.Version.class,
        description =
                "A streaming voice gateway: speak into a WebSocket, hear a model answer while it is still speaking.",
        synopsisSubcommandLabel = "[serve | demo | ask | twin | train]",
        footerHeading = "%nEnvironment:%n",
        footer = {
            "  ANTIPHON_LISTEN             host:port (127.0.0.1:8080)",
            "  ANTIPHON_CONFIG             a YAML file with these settings and more",
            "  ANTIPHON_API_KEYS           comma list of client keys; none: open, on loopback only",
            "  ANTIPHON_ORIGINS            comma list of browser origins; none: pages of the same origin",
            "  ANTIPHON_UPSTREAM_URL       base URL of the provider, https://.../v1",
            "  ANTIPHON_UPSTREAM_KEY       its key",
            "  ANTIPHON_UPSTREAM_MODEL     its model",
            "  ANTIPHON_UPSTREAM_DIALECT   openai (the default), azure, openrouter, vllm, ... or twin",
            "  ANTIPHON_UPSTREAM_CERTIFICATES   a PEM file of certificates trusted instead of the JDK's",
            "  ANTIPHON_MAX_LAG_MILLIS     how late an event loop may be before new sessions are refused (20); 0: never",
            "  ANTIPHON_MAX_LOAD_PERCENT   how busy it may be or is about to be before they are refused (60); 0: any",
            "  ANTIPHON_TRANSPORT          auto (the default), nio, epoll or io_uring",
            "  ANTIPHON_LOOPS              how many event loops; none: one for each core",
            "  ANTIPHON_LOG_LEVEL          INFO (the default), DEBUG, ...",
            "  OPENAI_API_KEY, OPENAI_BASE_URL, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY,",
            "  AZURE_OPENAI_DEPLOYMENT_NAME, OPENAI_API_VERSION are honoured where those above are absent.",
            "  None of them: the embedded model answers.",
            "  Azure without a key signs in with AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and",
            "  their like; HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name proxies.",
            "  Several servers, cascades and prices stand in the file: docs/configuration.md."
        },
        subcommands = {ServeCommand.class, DemoCommand.class, AskCommand.class, TwinCommand.class, TrainCommand.class})
public final class AntiphonCommand implements Callable<Integer> {
    static final int EXIT_FAILED = 1;
    static final int EXIT_USAGE = 2;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private AntiphonCommand() {}

    /** @return the exit code of the process */
    public static int run(String... arguments) {
        return new CommandLine(new AntiphonCommand())
                .setExecutionExceptionHandler(new FaultPrinter())
                .execute(arguments);
    }

    @Override
    public Integer call() throws InterruptedException {
        return ServeCommand.serve(spec.commandLine().getOut());
    }

    /** One line a fault: what, value, expected. A stack trace is for our own faults only. */
    private static final class FaultPrinter implements IExecutionExceptionHandler {
        @Override
        public int handleExecutionException(Exception fault, CommandLine command, ParseResult arguments)
                throws Exception {
            PrintWriter err = command.getErr();
            if (fault instanceof ConfigFault) {
                err.println("antiphon: " + fault.getMessage());
                return EXIT_USAGE;
            }
            if (fault instanceof CommandFault) {
                err.println("antiphon: " + fault.getMessage());
                return EXIT_FAILED;
            }
            throw fault;
        }
    }

    /** The version the jar was built with. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = AntiphonCommand.class.getPackage().getImplementationVersion();
            return new String[] {"antiphon " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
