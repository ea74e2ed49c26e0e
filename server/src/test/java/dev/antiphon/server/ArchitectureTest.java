package dev.antiphon.server;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The arrows inside {@code server}. */
class ArchitectureTest {
    private static final JavaClasses SERVER = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.antiphon.server");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("dev.antiphon.server.(*)..").should().beFreeOfCycles().check(SERVER);
    }

    @Test
    void theEmbeddedModelKnowsNothingOfTheGateway() {
        noClasses()
                .that(resideInAPackage("dev.antiphon.server.twin.."))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.antiphon.server..")
                        .and(not(resideInAPackage("dev.antiphon.server.twin.."))))
                .check(SERVER);
    }

    @Test
    void nobodyNeedsTheCommandLineButTheProcess() {
        noClasses()
                .that(resideInAPackage("dev.antiphon.server.(*)..")
                        .and(not(resideInAPackage("dev.antiphon.server.cli.."))))
                .should()
                .dependOnClassesThat(resideInAPackage("dev.antiphon.server.cli.."))
                .check(SERVER);
    }
}
