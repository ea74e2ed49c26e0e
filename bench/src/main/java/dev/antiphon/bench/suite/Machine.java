package dev.antiphon.bench.suite;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * What the figures were measured on.
 *
 * <p>Threading: immutable.
 */
final class Machine {
    private Machine() {}

    static String description() {
        return valueIn("/proc/cpuinfo", "model name") + ", "
                + Runtime.getRuntime().availableProcessors() + " processors, " + memory() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }

    static String jdk() {
        return System.getProperty("java.vm.name") + " " + Runtime.version();
    }

    private static String memory() {
        String kilobytes = valueIn("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
        if (kilobytes.isEmpty()) return "memory unknown";
        return String.format(Locale.ROOT, "%.0f GiB", Double.parseDouble(kilobytes) / (1 << 20));
    }

    private static String valueIn(String file, String key) {
        try {
            return Files.readAllLines(Path.of(file)).stream()
                    .filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(key + " unknown");
        } catch (IOException e) {
            return key + " unknown";
        }
    }
}
