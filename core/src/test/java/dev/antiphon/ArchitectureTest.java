package dev.antiphon;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.antiphon.time.NanoClock;
import org.junit.jupiter.api.Test;

/** The arrows of {@code docs/architecture.md}. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.antiphon");

    @Test
    void packagesUseOnlyThoseTheyMay() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("time")
                .definedBy("dev.antiphon.time")
                .layer("audio")
                .definedBy("dev.antiphon.audio")
                .layer("container")
                .definedBy("dev.antiphon.container")
                .layer("metrics")
                .definedBy("dev.antiphon.metrics")
                .layer("sse")
                .definedBy("dev.antiphon.sse")
                .layer("upstream")
                .definedBy("dev.antiphon.upstream")
                .layer("usage")
                .definedBy("dev.antiphon.usage")
                .layer("turn")
                .definedBy("dev.antiphon.turn")
                .layer("conversation")
                .definedBy("dev.antiphon.conversation")
                .layer("playout")
                .definedBy("dev.antiphon.playout")
                .layer("session")
                .definedBy("dev.antiphon.session")
                .layer("realtime")
                .definedBy("dev.antiphon.realtime")
                .layer("pcm")
                .definedBy("dev.antiphon.pcm")
                .layer("cascade")
                .definedBy("dev.antiphon.cascade")
                .whereLayer("realtime")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("pcm")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("pcm")
                .mayOnlyAccessLayers("session", "audio")
                .whereLayer("cascade")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("cascade")
                .mayOnlyAccessLayers("upstream", "audio", "metrics", "time")
                .whereLayer("container")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("session")
                .mayOnlyBeAccessedByLayers("realtime", "pcm")
                .whereLayer("playout")
                .mayOnlyBeAccessedByLayers("session")
                .whereLayer("conversation")
                .mayOnlyBeAccessedByLayers("session", "realtime")
                .whereLayer("turn")
                .mayOnlyBeAccessedByLayers("session", "realtime")
                .whereLayer("usage")
                .mayOnlyBeAccessedByLayers("session")
                .whereLayer("upstream")
                .mayOnlyBeAccessedByLayers("session", "realtime", "usage", "cascade")
                .whereLayer("sse")
                .mayOnlyBeAccessedByLayers("upstream")
                .check(CORE);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.antiphon.(*)..").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void coreKnowsBuffersButNoChannels() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("io.netty..")
                        .and(not(resideInAPackage("io.netty.buffer..")))
                        .and(not(resideInAPackage("io.netty.util.."))))
                .check(CORE);
    }

    @Test
    void onlyTheClockReadsTime() {
        noClasses()
                .that(not(type(NanoClock.class)))
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .check(CORE);
    }

    @Test
    void coreStartsNoThreadAndOpensNoSocket() {
        noClasses()
                .should()
                .dependOnClassesThat(resideInAPackage("java.net..").or(resideInAPackage("java.nio.channels..")))
                .orShould()
                .callConstructor(Thread.class, Runnable.class)
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.Executors")
                .check(CORE);
    }
}
