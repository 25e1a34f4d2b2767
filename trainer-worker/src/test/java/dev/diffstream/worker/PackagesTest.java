package dev.diffstream.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the packages of this module may depend on. */
@AnalyzeClasses(
    packages = "dev.diffstream.worker",
    importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.diffstream.(**)").should().beFreeOfCycles();

  /** A simulation runs it without one. */
  @ArchTest
  static final ArchRule bringingEventsToTheirOutcomeNeedsNoTensorEngine =
      noClasses()
          .that()
          .resideInAPackage("..worker.run")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.djl..", "dev.diffstream.base..", "..worker.learning..");

  @ArchTest
  static final ArchRule readingDataNeedsNoTensorEngine =
      noClasses()
          .that()
          .resideInAnyPackage("..worker.data..", "..worker.metrics")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");
}
