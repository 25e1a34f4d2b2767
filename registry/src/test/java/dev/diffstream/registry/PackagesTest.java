package dev.diffstream.registry;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the packages of this module may depend on. */
@AnalyzeClasses(
    packages = "dev.diffstream.registry",
    importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.diffstream.(**)").should().beFreeOfCycles();

  /** What is settled does not depend on who asks over HTTP. */
  @ArchTest
  static final ArchRule nothingKnowsTheHttpSideButTheServer =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..registry.catalog",
              "..registry.runs",
              "..registry.deletion",
              "..registry.fleet",
              "..registry.intake",
              "..registry.move",
              "..registry.announce",
              "..registry.recovery",
              "..registry.telemetry")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..registry.http", "dev.diffstream.registry");
}
