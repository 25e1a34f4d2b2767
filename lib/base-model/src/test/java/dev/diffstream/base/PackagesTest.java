package dev.diffstream.base;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the packages of this module may depend on; the README shows their order. */
@AnalyzeClasses(
    packages = "dev.diffstream.base",
    importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.diffstream.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule engineKnowsNoOtherPackage =
      noClasses()
          .that()
          .resideInAPackage("..base.engine")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.diffstream.base",
              "..base.architecture",
              "..base.diff",
              "..base.encoder",
              "..base.format",
              "..base.input",
              "..base.network");

  @ArchTest
  static final ArchRule filesAndChangesNeedNoTensorEngine =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.diffstream.base", "..base.architecture", "..base.diff", "..base.format")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");
}
