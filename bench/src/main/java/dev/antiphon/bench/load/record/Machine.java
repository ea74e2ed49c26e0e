package dev.antiphon.bench.load.record;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a run ran on. */
final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");
    private static final String MODEL_NAME = "model name";

    private Machine() {}

    static String describe() {
        int processors = Runtime.getRuntime().availableProcessors();
        return cpuModel() + ", " + processors + (processors == 1 ? " processor" : " processors");
    }

    static String jdk() {
        return System.getProperty("java.vm.name") + ' ' + System.getProperty("java.runtime.version");
    }

    private static String cpuModel() {
        try {
            for (String line : Files.readAllLines(CPU_INFO, StandardCharsets.UTF_8)) {
                if (line.startsWith(MODEL_NAME))
                    return line.substring(line.indexOf(':') + 1).strip();
            }
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
        return System.getProperty("os.arch");
    }
}
