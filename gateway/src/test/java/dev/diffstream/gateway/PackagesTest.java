package dev.diffstream.gateway;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What the packages of this module may depend on. */
@AnalyzeClasses(
    packages = "dev.diffstream.gateway",
    importOptions = ImportOption.DoNotIncludeTests.class)
class PackagesTest {
  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.diffstream.(**)").should().beFreeOfCycles();

  /** What is served, and what it answers, does not depend on who asks over which protocol. */
  @ArchTest
  static final ArchRule nothingKnowsTheProtocolButTheFaces =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..gateway.announcement",
              "..gateway.cache",
              "..gateway.catalog",
              "..gateway.certificate",
              "..gateway.confidence",
              "..gateway.residency",
              "..gateway.model",
              "..gateway.output",
              "..gateway.telemetry")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "..gateway.http",
              "..gateway.grpc",
              "..gateway.face",
              "..gateway.protocol",
              "dev.diffstream.gateway");

  /** A request is checked and answered in one place, whichever face it came to. */
  @ArchTest
  static final ArchRule theFacesDoNotKnowEachOther =
      noClasses()
          .that()
          .resideInAnyPackage("..gateway.face", "..gateway.protocol")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..gateway.http", "..gateway.grpc");

  @ArchTest
  static final ArchRule onlyTheHttpSideKnowsTheHttpServer =
      noClasses()
          .that()
          .resideOutsideOfPackages("..gateway.http", "dev.diffstream.gateway")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micronaut..", "io.netty..");

  @ArchTest
  static final ArchRule onlyTheGrpcSideKnowsGrpc =
      noClasses()
          .that()
          .resideOutsideOfPackage("..gateway.grpc")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "inference..");

  @ArchTest
  static final ArchRule theGrpcSideKnowsNoHttp =
      noClasses()
          .that()
          .resideInAPackage("..gateway.grpc")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..gateway.http", "dev.diffstream.gateway");

  /** The simulation runs these without a tensor engine. */
  @ArchTest
  static final ArchRule whatFollowsAnnouncementsKnowsNoEngine =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..gateway.announcement",
              "..gateway.cache",
              "..gateway.catalog",
              "..gateway.certificate",
              "..gateway.confidence",
              "..gateway.residency")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.diffstream.base..", "..gateway.model");
}
