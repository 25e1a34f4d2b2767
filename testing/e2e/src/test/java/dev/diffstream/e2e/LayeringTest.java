package dev.diffstream.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * THINK HARD before you change this file: it is the architecture. Services never see services;
 * libraries see no service; schemas see nothing of ours.
 */
@AnalyzeClasses(packages = "dev.diffstream", importOptions = ImportOption.DoNotIncludeTests.class)
class LayeringTest {
  private static final String SCHEMAS = "dev.diffstream.schemas..";
  private static final String SETTINGS = "dev.diffstream.settings..";
  private static final String TELEMETRY = "dev.diffstream.telemetry..";
  private static final String EMBEDDED = "dev.diffstream.embedded..";
  private static final String STORE = "dev.diffstream.objectstore..";
  private static final String LOG = "dev.diffstream.eventlog..";
  private static final String BASE = "dev.diffstream.base..";
  private static final String WORKER = "dev.diffstream.worker..";
  private static final String REGISTRY = "dev.diffstream.registry..";
  private static final String GATEWAY = "dev.diffstream.gateway..";
  private static final String CLI = "dev.diffstream.cli..";
  private static final String BENCHMARKS = "dev.diffstream.benchmarks..";
  private static final String SERVICE = "dev.diffstream.service..";
  private static final String[] SERVICES = {WORKER, REGISTRY, GATEWAY, CLI};

  @ArchTest
  static final ArchRule packagesFormNoCycle =
      slices().matching("dev.diffstream.(**)").should().beFreeOfCycles();

  /** What a diff says does not depend on the file that holds it. */
  @ArchTest
  static final ArchRule theModelOfADiffKnowsNoFile =
      noClasses()
          .that()
          .resideInAnyPackage(
              "..schemas.diff.model", "..schemas.diff.precision", "..schemas.diff.probe")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..schemas.diff.format", "..schemas.diff.codec", "..safetensors");

  @ArchTest
  static final ArchRule schemasStandAlone =
      noClasses()
          .that()
          .resideInAPackage(SCHEMAS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              SETTINGS,
              TELEMETRY,
              EMBEDDED,
              STORE,
              LOG,
              BASE,
              SERVICE,
              WORKER,
              REGISTRY,
              GATEWAY,
              CLI,
              "org.apache.kafka..",
              "io.minio..",
              "ai.djl..");

  @ArchTest
  static final ArchRule librariesSeeNoService =
      noClasses()
          .that()
          .resideInAnyPackage(SETTINGS, TELEMETRY, EMBEDDED, STORE, LOG, BASE, SERVICE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(SERVICES);

  @ArchTest
  static final ArchRule workerSeesNoOtherService =
      noClasses()
          .that()
          .resideInAPackage(WORKER)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(REGISTRY, GATEWAY, CLI, EMBEDDED);

  @ArchTest
  static final ArchRule registrySeesNoOtherServiceAndNoEngine =
      noClasses()
          .that()
          .resideInAPackage(REGISTRY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(WORKER, GATEWAY, CLI, EMBEDDED, BASE, "ai.djl..");

  @ArchTest
  static final ArchRule gatewaySeesNoOtherService =
      noClasses()
          .that()
          .resideInAPackage(GATEWAY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(WORKER, REGISTRY, CLI, EMBEDDED);

  @ArchTest
  static final ArchRule cliTalksToServicesOnlyOverTheNetwork =
      noClasses()
          .that()
          .resideInAPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(WORKER, REGISTRY, GATEWAY);

  /** Whole runs of a worker need a log and a store: their twins in memory. */
  @ArchTest
  static final ArchRule benchmarksMeasureTheWorkerAlone =
      noClasses()
          .that()
          .resideInAPackage(BENCHMARKS)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(REGISTRY, GATEWAY, CLI, EMBEDDED, "org.apache.kafka..", "io.minio..");

  @ArchTest
  static final ArchRule nothingDependsOnTheBenchmarks =
      noClasses()
          .that()
          .resideOutsideOfPackage(BENCHMARKS)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(BENCHMARKS);

  @ArchTest
  static final ArchRule theBaseKnowsNoNetwork =
      noClasses()
          .that()
          .resideInAPackage(BASE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              STORE, LOG, "org.apache.kafka..", "io.minio..", "okhttp3..", "java.net.http..");

  @ArchTest
  static final ArchRule onlyTheBaseUsesTheTensorEngine =
      noClasses()
          .that()
          .resideOutsideOfPackage(BASE)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule onlyTheEventLogSpeaksKafka =
      noClasses()
          .that()
          .resideInAnyPackage(STORE, BASE, SERVICE, WORKER, REGISTRY, GATEWAY, CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.apache.kafka..");

  @ArchTest
  static final ArchRule onlyTheObjectStoreSpeaksS3 =
      noClasses()
          .that()
          .resideInAnyPackage(LOG, BASE, SERVICE, WORKER, REGISTRY, GATEWAY, CLI)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.minio..", "okhttp3..");
}
