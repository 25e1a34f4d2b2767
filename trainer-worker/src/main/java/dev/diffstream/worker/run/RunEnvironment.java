package dev.diffstream.worker.run;

import dev.diffstream.eventlog.EventLog;
import dev.diffstream.objectstore.ObjectStore;
import io.opentelemetry.api.OpenTelemetry;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.InstantSource;

/**
 * What bringing an event to its outcome needs, whoever learns.
 *
 * @param workerId names the worker in events and reports
 * @param device name of the device on which runs are learned
 * @param programVersion of the program that learns, for the records of attempts
 * @param clock tells the times that stand in reports and events
 */
@RecordBuilder
public record RunEnvironment(
    String workerId,
    String device,
    String programVersion,
    ObjectStore store,
    EventLog log,
    RetryPolicy retry,
    OpenTelemetry telemetry,
    InstantSource clock) {}
