package dev.antiphon.server.cli;

import dev.antiphon.audio.AudioClip;
import dev.antiphon.audio.AudioFormat;
import dev.antiphon.audio.Resampler;
import dev.antiphon.audio.Wav;
import dev.antiphon.audio.WavFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Speech in files, as the protocol wants it: mono at 24 kHz. */
final class Speech {
    private Speech() {}

    static AudioClip read(Path file) {
        try {
            return Resampler.resample(Wav.read(Files.readAllBytes(file)), AudioFormat.PCM16_24KHZ.sampleRateHz());
        } catch (NoSuchFileException e) {
            throw new CommandFault(file + ": no such file");
        } catch (IOException e) {
            throw new CommandFault(file + ": " + e.getMessage());
        } catch (WavFault e) {
            throw new CommandFault(file + ": not a WAV file we can read, " + e.getMessage());
        }
    }

    static void write(Path file, AudioClip clip) {
        try {
            Files.write(file, Wav.write(clip));
        } catch (IOException e) {
            throw new CommandFault(file + ": cannot be written, " + e.getMessage());
        }
    }
}
