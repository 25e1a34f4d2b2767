package dev.diffstream.registry.openlineage;

import dev.diffstream.schemas.ObjectKeys;
import dev.diffstream.schemas.registry.VersionRecord;
import dev.diffstream.schemas.run.RunReport;
import io.openlineage.client.OpenLineage;
import io.openlineage.client.OpenLineage.InputDataset;
import io.openlineage.client.OpenLineage.OutputDataset;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What runs read and made. Data files are named as OpenLineage names objects of S3 (namespace
 * {@code s3://<bucket>}, name the key), so that they meet what others tell of them; models stand in
 * the namespace of the deployment.
 */
final class Datasets {
  private final OpenLineage openLineage;
  private final String namespace;

  Datasets(OpenLineage openLineage, String namespace) {
    this.openLineage = openLineage;
    this.namespace = namespace;
  }

  /**
   * Data files as far as the report names them, the base, and the diffs that it was started from.
   */
  List<InputDataset> inputs(VersionRecord version, @Nullable RunReport report) {
    List<InputDataset> inputs = new ArrayList<>(files(report));
    String base = ObjectKeys.basePrefix(version.baseDigest());
    inputs.add(model(base.substring(0, base.length() - 1), "base", version.baseDigest()));
    for (String parent : version.parents()) {
      inputs.add(model(ObjectKeys.diff(parent), "diff", parent));
    }
    return inputs;
  }

  List<InputDataset> files(@Nullable RunReport report) {
    RunReport.DataSummary data = report == null ? null : report.data();
    List<RunReport.DataFile> files = data == null ? null : data.files();
    return files == null ? List.of() : files.stream().flatMap(file -> file(file).stream()).toList();
  }

  /** Empty if its URI is none. */
  private Optional<InputDataset> file(RunReport.DataFile file) {
    URI uri;
    try {
      uri = URI.create(file.uri());
    } catch (IllegalArgumentException broken) {
      return Optional.empty();
    }
    if (uri.getPath() == null || uri.getPath().length() < 2) {
      return Optional.empty();
    }
    return Optional.of(
        openLineage
            .newInputDatasetBuilder()
            .namespace(uri.getScheme() + "://" + uri.getAuthority())
            .name(uri.getPath().substring(1))
            .facets(
                openLineage
                    .newDatasetFacetsBuilder()
                    .version(openLineage.newDatasetVersionDatasetFacet(file.digest()))
                    .build())
            .inputFacets(
                openLineage
                    .newInputDatasetInputFacetsBuilder()
                    .inputStatistics(
                        openLineage
                            .newInputStatisticsInputDatasetFacetBuilder()
                            .rowCount(file.rows())
                            .size(file.bytes())
                            .fileCount(1L)
                            .build())
                    .build())
            .build());
  }

  private InputDataset model(String name, String kind, String digest) {
    return openLineage
        .newInputDatasetBuilder()
        .namespace(namespace)
        .name(name)
        .facets(
            openLineage
                .newDatasetFacetsBuilder()
                .version(openLineage.newDatasetVersionDatasetFacet(digest))
                .datasetType(openLineage.newDatasetTypeDatasetFacet("MODEL", kind))
                .build())
        .build();
  }

  /** The task's model, in this version; the diff's key is another name of it. */
  OutputDataset output(VersionRecord version) {
    return openLineage
        .newOutputDatasetBuilder()
        .namespace(namespace)
        .name(version.taskId())
        .facets(
            openLineage
                .newDatasetFacetsBuilder()
                .version(
                    openLineage.newDatasetVersionDatasetFacet(Long.toString(version.version())))
                .datasetType(openLineage.newDatasetTypeDatasetFacet("MODEL", "diff"))
                .symlinks(
                    openLineage.newSymlinksDatasetFacet(
                        List.of(
                            openLineage.newSymlinksDatasetFacetIdentifiers(
                                namespace, ObjectKeys.diff(version.digest()), "LOCATION"))))
                .build())
        .outputFacets(
            openLineage
                .newOutputDatasetOutputFacetsBuilder()
                .outputStatistics(
                    openLineage
                        .newOutputStatisticsOutputDatasetFacetBuilder()
                        .size(version.bytes())
                        .fileCount(1L)
                        .build())
                .build())
        .build();
  }
}
