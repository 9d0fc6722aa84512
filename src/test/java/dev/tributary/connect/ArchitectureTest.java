package dev.tributary.connect;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Imports point downwards: plugin classes, then sink, dedup and join, then state, record, util. */
@AnalyzeClasses(
    packages = "dev.tributary.connect",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  private static final String[] BUSINESS = {
    "dev.tributary.connect.sink..", "dev.tributary.connect.dedup..", "dev.tributary.connect.join.."
  };

  @ArchTest
  static final ArchRule sink_knows_nothing_of_the_transforms =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tributary.connect.dedup..", "dev.tributary.connect.join..");

  @ArchTest
  static final ArchRule transforms_know_nothing_of_the_sink =
      noClasses()
          .that()
          .resideInAnyPackage("dev.tributary.connect.dedup..", "dev.tributary.connect.join..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tributary.connect.sink..");

  @ArchTest
  static final ArchRule state_and_record_are_at_the_bottom =
      noClasses()
          .that()
          .resideInAnyPackage("dev.tributary.connect.state..", "dev.tributary.connect.record..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(BUSINESS);

  @ArchTest
  static final ArchRule util_uses_nothing_of_ours =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.util..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tributary..")
                  .and(resideOutsideOfPackage("dev.tributary.connect.util..")));

  @ArchTest
  static final ArchRule nothing_inside_depends_on_the_plugin_classes =
      noClasses()
          .that()
          .resideInAPackage("dev.tributary.connect.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tributary.connect");

  @ArchTest
  static final ArchRule packages_form_no_cycle =
      slices().matching("dev.tributary.connect.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule only_the_plugin_classes_are_api =
      classes()
          .that()
          .resideInAPackage("dev.tributary.connect")
          .and()
          .arePublic()
          .should()
          .haveModifier(JavaModifier.FINAL);
}
